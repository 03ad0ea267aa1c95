using System.Buffers.Binary;
using Npgsql;

namespace Sanctum.Storage.Postgres;

/// <summary>Rows as the tables have them.</summary>
internal static class Rows
{
    public const string Records = "SELECT collection, id, revision, data FROM records";

    public const string Log = "SELECT first_sequence, count, data FROM log";

    public static StoredRecord Record(NpgsqlDataReader row) => new(
        new RecordKey((byte)row.GetInt16(0), BinaryPrimitives.ReadUInt128BigEndian(row.GetFieldValue<byte[]>(1))), row.GetInt64(2), row.GetFieldValue<byte[]>(3));

    public static StoredSegment Segment(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetInt32(1), row.GetFieldValue<byte[]>(2));

    public static byte[] Bytes(UInt128 id)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, id);
        return bytes;
    }
}
