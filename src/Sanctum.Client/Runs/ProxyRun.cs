using Sanctum.Client.Connections;

namespace Sanctum.Client.Runs;

/// <summary>What a program needs to use the daemon's proxy. It is worth nothing once the client's connection is closed.</summary>
/// <param name="Token">Whoever has it sends requests as the agent. A proxy takes it as the password of the user <c>run</c>.</param>
/// <param name="Authority">The certificate to trust, in PEM.</param>
/// <param name="Placeholders">What stands in a secret's place, by the credential's path.</param>
/// <param name="Socket">The proxy's Unix socket.</param>
/// <param name="ExpiresAfter">When the session ends; <see cref="SanctumClient.RenewSessionAsync"/> before that keeps the run going.</param>
/// <param name="Connection">What it belongs to.</param>
internal sealed record ProxyRun(
    string Token, string Authority, IReadOnlyDictionary<string, string> Placeholders, string Socket, TimeSpan ExpiresAfter, RpcConnection Connection)
{
    /// <summary>Says where, never the token.</summary>
    public override string ToString() => $"run through {Socket}";
}
