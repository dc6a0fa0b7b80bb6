/** A backup is named for its moment: in order of time when in order of names. What has another name is not ours. */
export const BACKUP_BEGINNING = "touchstone-";
const NAME = /^touchstone-\d{8}T\d{6}Z\.gz$/;

export const backupName = (now: Date): string => `${BACKUP_BEGINNING}${now.toISOString().replaceAll(/[-:]|\.\d+/g, "")}.gz`;
export const isBackupName = (name: string): boolean => NAME.test(name);
