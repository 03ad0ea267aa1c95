using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Sanctum.Storage.Sqlite.Database;

/// <summary>
/// A prepared statement that is used over and over. Commits and point reads go through these rather than through commands
/// and their parameters: blobs are bound from where they lie, and a read allocates nothing but its result.
/// </summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;

    public Statement(SqliteConnection connection, string sql)
    {
        const int persistent = 1;
        _connection = connection.Handle!;
        Check(raw.sqlite3_prepare_v3(connection.Handle!, sql, persistent, out _statement));
    }

    public Statement Bind(int index, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, index, value));
        return this;
    }

    // An empty span has no address, and SQLite would take it for NULL.
    public Statement Bind(int index, ReadOnlySpan<byte> value)
    {
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, index, 0) : raw.sqlite3_bind_blob(_statement, index, value));
        return this;
    }

    [SkipLocalsInit]
    public Statement Bind(int index, RecordKey key)
    {
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(id, key.Id);
        return Bind(index, key.Collection).Bind(index + 1, id);
    }

    /// <summary>Goes to the next row; false when there is none.</summary>
    public bool Step() => TryStep() switch
    {
        raw.SQLITE_ROW => true,
        raw.SQLITE_DONE => false,
        var code => throw Failure(code),
    };

    /// <summary>What a code of the last step means.</summary>
    public StoreException Failure(int code) => StoreErrors.From(code, system: Native.SystemError(_connection));

    public int TryStep() => raw.sqlite3_step(_statement);

    /// <summary>Runs a statement that has no rows, and makes it ready for the next time.</summary>
    public void Run()
    {
        try
        {
            Step();
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>A number. Another type would be converted, and the row would be taken for what it is not.</summary>
    public long Integer(int column)
    {
        RequireType(column, raw.SQLITE_INTEGER);
        return raw.sqlite3_column_int64(_statement, column);
    }

    public int Count(int column) =>
        Integer(column) is >= 0 and <= int.MaxValue and var count ? (int)count : throw StoreErrors.Broken("a count is out of range");

    public RecordKey Key(int column)
    {
        RequireType(column + 1, raw.SQLITE_BLOB);
        var id = raw.sqlite3_column_blob(_statement, column + 1);
        return Integer(column) is >= 0 and <= byte.MaxValue and var collection && id.Length == 16
            ? new RecordKey((byte)collection, BinaryPrimitives.ReadUInt128BigEndian(id))
            : throw StoreErrors.Broken("a record's key is malformed");
    }

    public byte[] Blob(int column)
    {
        RequireType(column, raw.SQLITE_BLOB);
        return raw.sqlite3_column_blob(_statement, column).ToArray();
    }

    // Its result repeats the last step's error, which has been reported.
    public void Reset() => _ = raw.sqlite3_reset(_statement);

    public void Dispose() => _statement.Dispose();

    private void RequireType(int column, int type)
    {
        if (raw.sqlite3_column_type(_statement, column) != type)
        {
            throw StoreErrors.Broken("a column has another type");
        }
    }

    private static void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw StoreErrors.From(code);
        }
    }
}
