import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react';

/** Beside the word for whether a clip fits, wherever it stands. */
export const verdictIcons = { fits: CircleCheck, tight: TriangleAlert, 'too-large': CircleAlert } as const;
