using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>Whether a failover to a standby keeps all that was acknowledged.</summary>
internal static class Standbys
{
    /// <summary>What there is to warn of; null where no standby follows, or the one that does is waited for.</summary>
    public static async Task<string?> WarningAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("SELECT current_setting('synchronous_standby_names') = '' AND EXISTS (SELECT FROM pg_stat_replication)");
        return (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!
            ? "the database has a standby that it does not wait for, so a failover can lose the last commits: name it in 'synchronous_standby_names'"
            : null;
    }
}
