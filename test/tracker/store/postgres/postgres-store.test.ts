import { describeAccounts } from '../account-conformance.js';
import { describeEmptyFolders } from '../empty-folder-conformance.js';
import { describeLists } from '../list-conformance.js';
import { describeQuotas } from '../quota-conformance.js';
import { describeSharing } from '../sharing-conformance.js';
import { describeStore } from '../store-conformance.js';
import { describeVersions } from '../version-conformance.js';
import { emptyPlace } from './postgres-place.js';

/** A request takes some times as long as in SQLite. */
const EFFORT = 0.1;

describe('PostgreSQL', () => {
  describeAccounts('PostgreSQL', emptyPlace);
  describeStore('PostgreSQL', emptyPlace, EFFORT);
  describeSharing('PostgreSQL', emptyPlace, EFFORT);
  describeLists('PostgreSQL', emptyPlace, EFFORT);
  describeQuotas('PostgreSQL', emptyPlace, EFFORT);
  describeVersions('PostgreSQL', emptyPlace, EFFORT);
  describeEmptyFolders('PostgreSQL', emptyPlace);
});
