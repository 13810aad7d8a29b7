// A program of somebody who uses the package, in the strictest TypeScript: it compiles, that is all.
import { Room, TrebleError, enterRoom } from "treble-client";
import type { ChatMessage, RemoteParticipant, RemoteTrack, RoomOptions } from "treble-client";
import { TrebleRoom } from "treble-client/embed";

const options: RoomOptions = { adaptiveStream: true, videoCodec: "vp9", sendCap: 720 };

export async function call(server: string, link: { room: string; password: string }, name: string): Promise<Room> {
  const { token } = await enterRoom(server, link.room, link.password, name);
  const room = new Room(options);
  const stop = room.on("trackSubscribed", (track: RemoteTrack, publication, participant: RemoteParticipant) => {
    const element: HTMLMediaElement = track.attach();
    element.title = `${participant.name} ${publication.source}`;
    if (publication.kind === "video") publication.setVideoQuality("medium");
    publication.setVideoDimensions({ width: 640, height: 360 });
  });
  room.once("connected", () => console.log(room.name, room.state === "connected"));
  room.on("connectionQualityChanged", (quality, { id }) => console.log(quality?.toUpperCase(), id));
  room.on("activeSpeakersChanged", (speakers) => console.log(speakers.map(({ audioLevel }) => audioLevel.toFixed(1))));
  room.on("chatMessage", ({ text, name: from }: ChatMessage) => console.log(from, text));
  room.on("disconnected", ({ code, retryAfter }: TrebleError) => console.log(code, retryAfter ?? 0));
  try {
    await room.connect(server, token);
  } catch (error) {
    if (error instanceof TrebleError && error.code === "full") stop();
    throw error;
  }
  const shared: boolean = await room.localParticipant.setScreenShareEnabled(true);
  const [camera] = await Room.getLocalDevices("videoinput");
  if (shared && camera) await room.switchActiveDevice("videoinput", camera.deviceId);
  const canvas = document.createElement("canvas").captureStream(5).getVideoTracks()[0];
  if (canvas) await room.localParticipant.publishTrack(canvas, { source: "camera" });
  for (const [id, { isCameraEnabled }] of room.remoteParticipants) console.log(id, isCameraEnabled satisfies boolean);
  // @ts-expect-error there is no such event
  room.on("conected", () => {});
  // @ts-expect-error nor such a source
  await room.localParticipant.publishTrack(canvas!, { source: "webcam" });
  return room;
}

document.querySelector<TrebleRoom>("treble-room")?.leave();
