import { invalid } from "../../../core/index.ts";
import type { Chown, Owner } from "../../graph/index.ts";

const HIGHEST_ID = 0xffff_fffe;

function owner(text: string): Owner {
  if (!/^\d+$/.test(text)) return { name: text };
  const id = Number(text);
  if (id > HIGHEST_ID) throw invalid(`user or group id ${text} is too large`);
  return { id };
}

/** Reads `user[:group]` of --chown or USER. A number alone is user and group. @throws invalid */
export function parseOwner(text: string): Chown {
  const colon = text.indexOf(":");
  const userText = colon < 0 ? text : text.slice(0, colon);
  const groupText = colon < 0 ? undefined : text.slice(colon + 1);
  if (userText === "" || groupText === "") {
    throw invalid(`invalid owner ${JSON.stringify(text)}: expected user or user:group`);
  }
  const user = owner(userText);
  if (groupText !== undefined) return { user, group: owner(groupText) };
  return "id" in user ? { user, group: user } : { user };
}

/** Reads --chmod. @throws invalid in Docker's words */
export function parseMode(text: string): number {
  if (!/^[0-7]{1,5}$/.test(text) || Number.parseInt(text, 8) > 0o7777) {
    throw invalid(`invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`);
  }
  return Number.parseInt(text, 8);
}
