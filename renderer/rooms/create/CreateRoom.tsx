export const CreateRoom = () => null;
