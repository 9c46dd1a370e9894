export const WelcomeRoom = () => null;
