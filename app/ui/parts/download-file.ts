/**
 * Fetches a file of our API and hands it to the browser as a download: a plain link would carry no session token.
 * Returns what went wrong in one sentence, or null.
 */
export async function downloadFile(path: string, fileName: string): Promise<string | null> {
  let response: Response;
  try {
    response = await fetch(path);
  } catch {
    return 'The file could not be fetched. Check your connection and try again.';
  }
  if (!response.ok) {
    const problem = (await response.json().catch(() => null)) as { detail?: string } | null;
    return problem?.detail ?? `The file could not be made (status ${response.status}). Try again in a moment.`;
  }
  const address = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = fileName;
  document.body.append(link);
  link.click();
  link.remove();
  // Some browsers read the blob only after the click has returned.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return null;
}
