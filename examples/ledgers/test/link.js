import { link } from './prepare.js'

link()
