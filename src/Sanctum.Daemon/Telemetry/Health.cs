using Microsoft.AspNetCore.Http;
using Sanctum.Daemon.Hosting;

namespace Sanctum.Daemon.Telemetry;

/// <summary>
/// How the daemon is, for load balancers: a status and a word. It is known without asking anybody, so that it costs next to nothing. It names nothing that is in the vault.
/// </summary>
/// <param name="vault">The vault.</param>
/// <param name="drain">Whether the daemon is stopping.</param>
internal sealed class Health(Vault vault, DrainState drain)
{
    /// <summary>Whether the process lives.</summary>
    public const string Alive = "/healthz";

    /// <summary>Whether agents can be sent here.</summary>
    public const string Ready = "/readyz";

    /// <summary>The status and the word for a path; null where it is not about this.</summary>
    public (int Status, string Text)? Of(PathString path) =>
        path == Alive ? (StatusCodes.Status200OK, "alive")
        : path != Ready ? null
        : drain.HasBegun ? (StatusCodes.Status503ServiceUnavailable, "stopping")
        : vault.IsSealed ? (StatusCodes.Status503ServiceUnavailable, "sealed")
        : vault.IsCutOff ? (StatusCodes.Status503ServiceUnavailable, "the store can't be reached")
        : (StatusCodes.Status200OK, "ready");
}
