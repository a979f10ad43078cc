/** An address of the Console that is no page: said inside the Console, where its menu leads on. */
export function loader() {
  throw new Response(null, { status: 404 });
}

export default function NoSuchPage() {
  return null;
}
