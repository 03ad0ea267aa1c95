using Sanctum.Client;
using Sanctum.Protocol;

namespace Sanctum.Extensions.Configuration;

/// <summary>Tells failures that pass from those that somebody has to do something about.</summary>
internal static class LateVault
{
    /// <summary>Whether trying again later makes sense: the daemon is away, the vault is sealed, or a limit was reached.</summary>
    public static bool Is(VaultException failure) =>
        failure is VaultConnectionException or VaultLockedException or OutcomeUnknownException or RateLimitedException or SessionExpiredException
        || failure.Code == ErrorCode.InternalError;
}
