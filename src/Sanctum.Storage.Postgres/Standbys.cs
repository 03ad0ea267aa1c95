using System.Net.Sockets;
using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>Whether a failover to a standby keeps all that was acknowledged. Standbys come and go, so it is looked at again from time to time.</summary>
internal sealed class Standbys(NpgsqlDataSource source)
{
    // Which of them are waited for is NULL to a role without pg_read_all_stats. That none is, when none is named, everybody sees. One that is still catching up is 'potential'.
    private const string IsUnawaited = """
        SELECT count(*) > 0 AND (current_setting('synchronous_standby_names') = '' OR coalesce(bool_and(sync_state = 'async'), false))
        FROM pg_stat_replication
        """;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private volatile string? _warning;
    private long _looked;

    /// <summary>What there is to warn of; null where no standby follows, or one of them is waited for.</summary>
    public string? Warning => _warning;

    /// <summary>What counts the time between two looks.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Looks.</summary>
    /// <returns>What there is to warn of.</returns>
    public async Task<string?> LookAsync(CancellationToken cancellationToken)
    {
        _looked = Time.GetTimestamp();
        await using var command = source.CreateCommand(IsUnawaited);
        return _warning = (bool)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!
            ? "the database has a standby that it does not wait for, so a failover can lose the last commits: name it in 'synchronous_standby_names'"
            : null;
    }

    /// <summary>Looks if the last time is a minute ago. Where that fails, what was seen then still counts.</summary>
    public async Task LookAgainAsync(CancellationToken cancellationToken)
    {
        if (Time.GetElapsedTime(_looked) < Interval)
        {
            return;
        }

        try
        {
            await LookAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NpgsqlException or IOException or SocketException or TimeoutException)
        {
            // It is asked again in a minute; a database that is gone is said elsewhere.
        }
    }
}
