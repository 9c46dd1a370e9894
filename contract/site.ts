/**
 * What every host serves beside the page itself, under the page's own origin.
 * Pictures go in by `POST /pictures` with the file as the body; the answer is a Picture or a Refusal as JSON.
 */
export const sitePaths = {
  clip: (id: string): string => `/media/clips/${encodeURIComponent(id)}.mp4`,
  /** Answers with `Content-Disposition: attachment`. */
  clipDownload: (id: string): string => `/media/clips/${encodeURIComponent(id)}.mp4?download`,
  poster: (id: string): string => `/media/posters/${encodeURIComponent(id)}.webp`,
  picture: (id: string): string => `/media/pictures/${encodeURIComponent(id)}.png`,
  pictures: '/pictures',
  /** CSV of everything that was measured in the last `seconds`. */
  telemetryCsv: (seconds: number): string => `/export/telemetry.csv?seconds=${seconds}`,
} as const;
