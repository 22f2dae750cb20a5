// Addresses within the dashboard, kept behind `#` so that the server needs to know one page only.

/** The address of a page. */
export function to(path, query = {}) {
  const wanted = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined && value !== null);
  const text = new URLSearchParams(wanted).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

/** What an address asks for: `{path, query}`. */
export function from(hash) {
  const [path, query] = hash.replace(/^#\/?/, "").split("?");
  return {
    path: path.split("/").filter(Boolean).map(decode),
    query: Object.fromEntries(new URLSearchParams(query ?? "")),
  };
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** What a reference means, as an object of this provider writes it. */
export function qualified(reference, name) {
  return reference.includes("@") ? reference : `${reference}@${provider(name)}`;
}

/** The provider of a qualified name. */
export function provider(name) {
  return name.slice(name.lastIndexOf("@") + 1);
}

/** A name in an address of the API. */
export function part(name) {
  return encodeURIComponent(name);
}
