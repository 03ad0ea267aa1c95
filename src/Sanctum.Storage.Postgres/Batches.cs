using Npgsql;
using NpgsqlTypes;

namespace Sanctum.Storage.Postgres;

/// <summary>Batches as the database takes them: one message.</summary>
internal static class Batches
{
    /// <summary>Forgets what was removed more than an hour ago, and takes note of how far that went.</summary>
    public const string Clearing = """
        WITH old AS (DELETE FROM gone WHERE at < now() - interval '1 hour' RETURNING commit)
        UPDATE fence SET forgotten = greatest(forgotten, latest) FROM (SELECT max(commit) AS latest FROM old) AS cleared WHERE latest IS NOT NULL
        """;

    /// <param name="batch">What is to be written.</param>
    /// <param name="expected">The number of the commit that it is made on.</param>
    /// <param name="id">What it can be told by, if its end is not heard of.</param>
    /// <param name="channel">Where news is sent.</param>
    /// <param name="commits">Whether a transaction is open that ends with it; otherwise it is one of its own.</param>
    public static NpgsqlBatch Of(StoreBatch batch, long expected, Guid id, string channel, bool commits)
    {
        var message = new NpgsqlBatch { Timeout = 0, BatchCommands = { Advance(expected, id) } };
        if (batch.Deletes.Count > 0)
        {
            message.BatchCommands.Add(new NpgsqlBatchCommand(
                """
                WITH old AS (DELETE FROM records USING unnest($1, $2) AS o (collection, id) WHERE records.collection = o.collection AND records.id = o.id RETURNING records.collection, records.id)
                INSERT INTO gone (commit, collection, id) SELECT $3, collection, id FROM old
                """)
            {
                Parameters = { Collections(batch.Deletes), Ids(batch.Deletes), new NpgsqlParameter<long> { TypedValue = expected + 1 } },
            });
        }

        if (batch.Puts.Count > 0)
        {
            message.BatchCommands.Add(Put([.. batch.Puts.GroupBy(record => record.Key).Select(same => same.Last())], expected + 1));
        }

        if (batch.KeyDocument is { } document)
        {
            message.BatchCommands.Add(KeyDocument(document));
        }

        if (batch.Segment is { } segment)
        {
            message.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO log VALUES ($1, $2, $3)")
            {
                Parameters =
                {
                    new NpgsqlParameter<long> { TypedValue = segment.FirstSequence }, new NpgsqlParameter<int> { TypedValue = segment.Count },
                    new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = segment.Data, NpgsqlDbType = NpgsqlDbType.Bytea },
                },
            });
        }

        if (batch.IsNews)
        {
            message.BatchCommands.Add(new NpgsqlBatchCommand("SELECT pg_notify($1, '')") { Parameters = { new NpgsqlParameter<string> { TypedValue = channel } } });
        }

        if (commits)
        {
            message.BatchCommands.Add(new NpgsqlBatchCommand("COMMIT"));
        }

        return message;
    }

    /// <summary>Ends the open transaction with a commit that writes nothing.</summary>
    public static NpgsqlBatch Empty(long expected, Guid id) => new() { Timeout = 0, BatchCommands = { Advance(expected, id), new NpgsqlBatchCommand("COMMIT") } };

    private static NpgsqlBatchCommand Advance(long expected, Guid id) => new("SELECT advance($1, $2)")
    {
        Parameters = { new NpgsqlParameter<long> { TypedValue = expected }, new NpgsqlParameter<Guid> { TypedValue = id } },
    };

    private static NpgsqlBatchCommand KeyDocument(ReadOnlyMemory<byte> document) =>
        new("INSERT INTO key_document VALUES (true, $1) ON CONFLICT (one) DO UPDATE SET data = excluded.data")
        {
            Parameters = { new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = document, NpgsqlDbType = NpgsqlDbType.Bytea } },
        };

    private static NpgsqlBatchCommand Put(StoredRecord[] puts, long commit)
    {
        RecordKey[] keys = [.. puts.Select(record => record.Key)];
        return new NpgsqlBatchCommand(
            """
            INSERT INTO records (collection, id, revision, data, commit) SELECT collection, id, revision, data, CASE collection WHEN 0 THEN 0 ELSE $5 END
            FROM unnest($1, $2, $3, $4) AS put (collection, id, revision, data)
            ON CONFLICT (collection, id) DO UPDATE SET revision = excluded.revision, data = excluded.data, commit = excluded.commit
            """)
        {
            Parameters =
            {
                Collections(keys), Ids(keys), new NpgsqlParameter<long[]> { TypedValue = [.. puts.Select(record => record.Revision)] },
                new NpgsqlParameter<byte[][]> { TypedValue = [.. puts.Select(record => record.Data.ToArray())], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                new NpgsqlParameter<long> { TypedValue = commit },
            },
        };
    }

    private static NpgsqlParameter<short[]> Collections(IEnumerable<RecordKey> keys) => new() { TypedValue = [.. keys.Select(key => (short)key.Collection)] };

    private static NpgsqlParameter<byte[][]> Ids(IEnumerable<RecordKey> keys) =>
        new() { TypedValue = [.. keys.Select(key => Rows.Bytes(key.Id))], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };
}
