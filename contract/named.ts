import { z } from 'zod';

/** An object schema with a name of its own, so that the schemas and classes generated from it keep that name. */
export const named = <Shape extends z.core.$ZodShape>(id: string, shape: Shape) => z.object(shape).meta({ id });
