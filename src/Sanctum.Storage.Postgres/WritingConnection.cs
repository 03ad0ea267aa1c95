using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>Opens the connection that writes, and gives it up.</summary>
internal static class WritingConnection
{
    /// <summary>How commits are acknowledged, in SQL: when the standby has them on disk, where there is one that is waited for. Less loses them in a failover.</summary>
    public const string Synchronous = "CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END";

    /// <summary>Connects.</summary>
    /// <returns>It, and the version that the tables have; 0 where there are none.</returns>
    /// <exception cref="StoreException">The tables are of a version that this program does not know, or no vault's.</exception>
    public static async Task<(NpgsqlConnection Connection, int Version)> OpenAsync(NpgsqlDataSource source, string schema, int known, CancellationToken cancellationToken)
    {
        var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // A daemon that hangs while it has the head loses it; so does one whose machine is gone, in the middle of a message too.
            await using var command = new NpgsqlCommand(
                $"SELECT set_config('synchronous_commit', {Synchronous}, false), set_config('idle_in_transaction_session_timeout', '2s', false), "
                + "set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '3', false)",
                connection);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            await Claims.TakeAsync(connection, schema, known, cancellationToken).ConfigureAwait(false);
            var version = await Schema.VersionOfAsync(connection, schema, cancellationToken).ConfigureAwait(false);
            return version <= known ? (connection, version) : throw StoreErrors.Newer(version, known);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Ends one to a database that says nothing, some time: closing waits for what is under way, which only the system ends. The database is not told to stop, since
    /// a commit that waits for a standby would be taken for written then.
    /// </summary>
    /// <param name="connection">The connection.</param>
    /// <param name="sending">What is under way.</param>
    public static async Task GiveUpAsync(NpgsqlConnection connection, Task sending)
    {
        NpgsqlConnection.ClearPool(connection); // It may not be kept.
        try
        {
            await sending.ConfigureAwait(false);
        }
        catch (Exception lost) when (lost is NpgsqlException or IOException or ObjectDisposedException)
        {
            // What became of it is found out by another connection.
        }

        await connection.DisposeAsync().ConfigureAwait(false);
    }
}
