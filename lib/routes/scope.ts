import formbody from '@fastify/formbody'
import type { TSchema } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { FastifyInstance } from 'fastify'

/**
 * Makes an encapsulated scope read and write as our routes need it, whatever the app around it does. An app's Ajv options
 * (`removeAdditional`, `coerceTypes`), its validator or its serializer would change what is taken for a payment's id.
 */
export async function prepareScope (scope: FastifyInstance): Promise<void> {
  scope.setValidatorCompiler<TSchema>(({ schema, httpPart }) => {
    const check = TypeCompiler.Compile(schema)
    return (value: unknown) => {
      if (check.Check(value)) return true
      const wrong = check.Errors(value).First()
      return { error: new Error(`${httpPart}${wrong?.path ?? ''} ${wrong?.message ?? 'is not valid'}`) }
    }
  })
  scope.setSerializerCompiler(() => JSON.stringify)
  // A second parser for the same type throws; the app's own also knows how the app's pages nest their fields.
  if (!scope.hasContentTypeParser('application/x-www-form-urlencoded')) await scope.register(formbody)
}
