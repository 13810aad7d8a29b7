/** Who stands where in the list of people. Pure. */

import { locale } from "../lib/strings.js";

/** @typedef {import("./people-model.js").Person} Person */

/**
 * Raised hands in their order, then hosts and everybody, A to Z; nobody stands twice.
 *
 * @param {Person[]} people
 * @param {string} wanted  what was typed into the search
 * @returns {{hands: Person[], hosts: Person[], others: Person[]}}
 */
export function groups(people, wanted) {
  const found = people.filter(({ name }) => matches(name, wanted)).sort(byName);
  const hands = found.filter(({ hand }) => hand).sort((a, b) => a.turn - b.turn);
  const rest = found.filter(({ hand }) => !hand);
  return { hands, hosts: rest.filter(isHost), others: rest.filter((person) => !isHost(person)) };
}

/** @param {string} name @param {string} wanted */
export function matches(name, wanted) {
  return name.toLocaleLowerCase().includes(wanted.trim().toLocaleLowerCase());
}

/** @param {Person} a @param {Person} b */
function byName(a, b) {
  return a.name.localeCompare(b.name, locale());
}

/** @param {Person} person */
function isHost({ role }) {
  return role === "host" || role === "co-host";
}
