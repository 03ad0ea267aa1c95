using Microsoft.AspNetCore.Connections;

namespace Sanctum.Daemon.Rpc;

/// <summary>What Kestrel hands agents' connections to.</summary>
internal sealed class AgentConnectionHandler(AgentHost host) : ConnectionHandler
{
    public override Task OnConnectedAsync(ConnectionContext connection) => host.ServeAsync(connection);
}
