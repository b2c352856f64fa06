// Addresses: `#/tables/Songs/items` is ["tables", "Songs", "items"]. They are in the fragment, so the
// server has one page to hand out and a reload leads back to where one was.

export function current() {
  return location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
}

export function to(...pieces) {
  return `#/${pieces.map(encodeURIComponent).join("/")}`;
}

export function go(...pieces) {
  location.hash = to(...pieces);
}
