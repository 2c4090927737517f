import { mountPage } from './page.js';

mountPage(document.querySelector('main') as HTMLElement);
