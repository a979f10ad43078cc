/** Any other address that is nothing. Without this the router would log it with its query, and that may hold a session token. */
export function loader() {
  throw new Response(null, { status: 404 });
}

export default function NoSuchPage() {
  return null;
}
