/** Reactions that are one click away. */
export const QUICK = ["👍", "❤️", "😂", "😮", "🎉", "🙏"];
