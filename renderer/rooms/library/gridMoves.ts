/** A grid as the keyboard sees it: places in reading order. */
export interface GridShape {
  readonly total: number;
  readonly columns: number;
  /** Rows that are seen at once. */
  readonly rowsAPage: number;
}

/** Where a key leads from a place; null when the key does not move. `control` is Ctrl, or Cmd on a Mac. */
export function placeAfter(key: string, control: boolean, from: number, grid: GridShape): number | null {
  const { total, columns } = grid;
  if (total === 0) return null;
  const last = total - 1;
  const within = (place: number) => Math.max(0, Math.min(last, place));
  const rowStart = from - (from % columns);
  switch (key) {
    case 'ArrowLeft':
      return within(from - 1);
    case 'ArrowRight':
      return within(from + 1);
    case 'ArrowUp':
      return from - columns < 0 ? from : from - columns;
    case 'ArrowDown':
      // From above a short last row one comes to its end.
      return rowStart + columns > last ? from : within(from + columns);
    case 'Home':
      return control ? 0 : rowStart;
    case 'End':
      return control ? last : within(rowStart + columns - 1);
    case 'PageUp':
      return vertical(from, -grid.rowsAPage, grid);
    case 'PageDown':
      return vertical(from, grid.rowsAPage, grid);
    default:
      return null;
  }
}

/** Stays in its column as long as there is one. */
function vertical(from: number, rows: number, { total, columns }: GridShape): number {
  const lastRow = Math.floor((total - 1) / columns);
  const row = Math.max(0, Math.min(lastRow, Math.floor(from / columns) + rows));
  return Math.min(total - 1, row * columns + (from % columns));
}

const gap = 16;
const narrowest = 236;
/** Below the picture: a line of the prompt and one of figures. */
const wordsHeight = 66;

export interface GridSizes {
  readonly columns: number;
  readonly gap: number;
  readonly cardWidth: number;
  readonly rowHeight: number;
}

/** As many columns as are comfortable in a width. Pictures are 3:2, as most clips are. */
export function gridSizes(width: number): GridSizes {
  const columns = Math.max(1, Math.floor((width + gap) / (narrowest + gap)));
  const cardWidth = Math.max(0, (width - gap * (columns - 1)) / columns);
  return { columns, gap, cardWidth, rowHeight: Math.round((cardWidth * 2) / 3) + wordsHeight + gap };
}
