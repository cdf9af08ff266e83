/** The language worker: parses probe files and checks them, so that the extension host never does. */
import { connect } from '../../protocol/rpc';
import { createLanguage } from './languageDocuments';
import { threadPort } from './port';

connect(threadPort(), createLanguage());
