import type { Language } from '../../language.js'
import { en } from './en.js'
import { ko, type ConsoleWords } from './ko.js'

export type { ConsoleWords } from './ko.js'
export const WORDS: Record<Language, ConsoleWords> = { ko, en }
