namespace Sanctum.Daemon.Rpc;

/// <summary>A connection that takes a place on its listener: see <see cref="ConnectionPlaces{TConnection}"/>.</summary>
internal interface IPlacedConnection
{
    /// <summary>Where it comes from.</summary>
    ConnectionPeer Peer { get; }
}
