import { writeFileSync } from 'node:fs';
import { ERRORS_PAGE, errorsPage } from './errors-page.js';

writeFileSync(ERRORS_PAGE, errorsPage());
