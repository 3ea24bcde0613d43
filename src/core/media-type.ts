const NAME = "[a-z0-9][a-z0-9!#$&^_.+-]{0,126}";
const MEDIA_TYPE = new RegExp(`^${NAME}/${NAME}$`, "i");

/** Whether a text is a media type without parameters (RFC 6838, 4.2). */
export function isMediaType(text: string): boolean {
  return MEDIA_TYPE.test(text);
}
