/**
 * What every host serves beside the page itself, under the page's own origin.
 * Pictures go in by `POST /pictures` with the file as the body; the answer is a Picture or a Refusal as JSON.
 */
export const sitePaths = {
  clip: (id: string): string => `/media/clips/${encodeURIComponent(id)}.mp4`,
  /** Answers with `Content-Disposition: attachment`. */
  clipDownload: (id: string): string => `/media/clips/${encodeURIComponent(id)}.mp4?download`,
  /** A finished export, by its task. */
  clipExport: (task: string): string => `/media/exports/${encodeURIComponent(task)}`,
  poster: (id: string): string => `/media/posters/${encodeURIComponent(id)}.webp`,
  picture: (id: string): string => `/media/pictures/${encodeURIComponent(id)}.png`,
  /** `version` is `Preset.thumbnail`, so that another picture has another address. */
  presetThumbnail: (id: string, version: string): string =>
    `/media/presets/${encodeURIComponent(id)}.webp?v=${encodeURIComponent(version)}`,
  pictures: '/pictures',
  /** Presets, packs, clips and pictures come in by `POST` as pictures do; the answer is a ReceivedPreview or a Refusal. */
  receive: '/presets/receive',
  /** One preset as a file, several as a pack. */
  presetExport: (ids: readonly string[], withoutWords: boolean): string =>
    `/export/presets?ids=${ids.map(encodeURIComponent).join(',')}${withoutWords ? '&bare' : ''}`,
  /** CSV of everything that was measured in the last `seconds`. */
  telemetryCsv: (seconds: number): string => `/export/telemetry.csv?seconds=${seconds}`,
} as const;
