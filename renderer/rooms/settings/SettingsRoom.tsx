export const SettingsRoom = () => null;
