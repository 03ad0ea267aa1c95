using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>Gives a vault's tables the version of this program, where nobody serves them who does not know it.</summary>
internal static class Upgrade
{
    /// <exception cref="StoreException">A program of an earlier version is connected, or there is no vault of a version that is known.</exception>
    public static async Task<(int Before, int Now)> RunAsync(NpgsqlDataSource source, string schema, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (var patience = new NpgsqlCommand("SET LOCAL lock_timeout TO '10s'", connection))
        {
            await patience.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        // The comment says the version, and whether the vault was moved away: two who change it at once would undo one of the two.
        await MoveMarks.LockAsync(connection, cancellationToken).ConfigureAwait(false);
        var isAlone = await Claims.TryKeepAwayAsync(connection, schema, Schema.Known, cancellationToken).ConfigureAwait(false);
        var version = await Schema.VersionOfAsync(connection, schema, cancellationToken).ConfigureAwait(false);
        if (version == 0)
        {
            throw StoreErrors.Nothing(schema);
        }

        if (version > Schema.Known)
        {
            throw StoreErrors.Newer(version, Schema.Known);
        }

        await Schema.RequireWholeAsync(connection, schema, version, cancellationToken).ConfigureAwait(false);
        if (version == Schema.Known)
        {
            return (version, version);
        }

        if (!isAlone)
        {
            throw StoreErrors.EarlierPrograms(version, await Claims.EarlierAsync(connection, schema, Schema.Known, cancellationToken).ConfigureAwait(false));
        }

        await Schema.UpgradeAsync(connection, schema, version, Schema.Known, cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return (version, Schema.Known);
    }
}
