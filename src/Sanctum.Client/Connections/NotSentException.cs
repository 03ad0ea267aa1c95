namespace Sanctum.Client.Connections;

/// <summary>The connection was gone before a byte of the call was sent, so that sending it on another one is safe.</summary>
internal sealed class NotSentException(Exception? reason) : Exception("the connection was lost before the call was sent", reason);
