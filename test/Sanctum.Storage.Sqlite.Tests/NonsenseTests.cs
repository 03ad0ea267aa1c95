using System.Buffers.Binary;
using Microsoft.Data.Sqlite;

namespace Sanctum.Storage.Sqlite.Tests;

/// <summary>Bytes that make no sense: whatever stands in the files, what comes of it is the vault's own error or the vault's own content.</summary>
public sealed class NonsenseTests : IDisposable
{
    private const int Rounds = 300;

    private static readonly uint[] Sizes = [0, 1, 2, 100, 511, 512, 513, 4095, 4097, 65535, 65536, 65537, int.MaxValue - 23, int.MaxValue, 0x80000000, uint.MaxValue - 23, uint.MaxValue];

    private readonly TestFolder _folder = new();

    [Fact]
    public async Task A_log_whose_page_size_makes_no_sense_is_damaged()
    {
        await _folder.MakeCrashedAsync();
        var log = await File.ReadAllBytesAsync(_folder.Log);
        foreach (var size in Sizes)
        {
            BinaryPrimitives.WriteUInt32BigEndian(log.AsSpan(8), size);
            SignHeader(log);
            await File.WriteAllBytesAsync(_folder.Log, log);
            var refused = await TryAsync();
            Assert.True(refused == StoreFailure.Damaged, $"page size {size}: {refused}");
        }
    }

    [Theory]
    [InlineData("vault.db", 1)]
    [InlineData("vault.db", 2)]
    [InlineData("vault.db-wal", 3)]
    [InlineData("vault.db-shm", 4)]
    [InlineData("vault.sealed", 5)]
    public async Task Whatever_stands_in_a_file_only_the_stores_errors_come_out(string name, int seed)
    {
        await _folder.MakeCrashedAsync();
        var files = Directory.GetFiles(_folder.Vault).ToDictionary(it => it, File.ReadAllBytes);
        var good = files.GetValueOrDefault(_folder[name]) ?? new byte[32768];
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (path, content) in files)
            {
                await File.WriteAllBytesAsync(path, content);
            }

            await File.WriteAllBytesAsync(_folder[name], Spoil(random, good));
            File.SetUnixFileMode(_folder[name], TestFolder.Private);
            await TryAsync();
        }
    }

    [Fact]
    public async Task A_row_of_another_type_is_damage_and_is_not_converted()
    {
        await _folder.MakeAsync();
        Run(
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(replace(sql, 'STRICT,', ''), 'STRICT', ''); PRAGMA writable_schema = RESET;",
            "INSERT INTO records VALUES (1, '0123456789abcdef', '7', 'text'); UPDATE log SET count = 1.0 WHERE first_sequence = 3;");
        Assert.Equal(StoreFailure.Damaged, (await _folder.RefusedAsync()).Reason);
    }

    [Theory]
    [InlineData("INSERT INTO log VALUES (900, 'x', x'00')")]
    [InlineData("INSERT INTO log VALUES (900, 1, 'text')")]
    [InlineData("INSERT INTO log VALUES (900, NULL, x'00')")]
    [InlineData("INSERT INTO log VALUES (900, -1, x'00')")]
    [InlineData("INSERT INTO log VALUES (900, 9223372036854775807, x'00')")]
    public async Task A_row_of_another_type_that_comes_while_the_store_is_open_is_damage(string row)
    {
        await using var store = await _folder.MakeOpenAsync();
        Run(
            "PRAGMA ignore_check_constraints = ON; PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(replace(sql, 'STRICT', ''), 'NOT NULL', '') WHERE name = 'log'; PRAGMA writable_schema = RESET;",
            row);
        var error = await Assert.ThrowsAsync<StoreException>(() => Contract.Contents.LogOf(store, long.MinValue));
        Assert.Equal(StoreFailure.Damaged, error.Reason);
    }

    [Fact]
    public async Task A_trigger_that_comes_while_the_store_is_open_does_nothing()
    {
        await using var store = await _folder.MakeOpenAsync();
        Run("CREATE TRIGGER t AFTER INSERT ON log BEGIN DELETE FROM records; END");
        await store.CommitAsync(TestFolder.Batch(31));
        Assert.Equal(31, (await Contract.Contents.RecordsOf(store)).Count);
    }

    // What is opened is read too: damage may show only then.
    private async Task<StoreFailure?> TryAsync()
    {
        try
        {
            await using var store = await SqliteVaultStore.OpenAsync(_folder.Vault);
            await store.ReadKeyDocumentAsync();
            await store.ReadAsync(new RecordKey(1, 7));
            await Contract.Contents.RecordsOf(store);
            await Contract.Contents.LogOf(store, long.MinValue);
            await store.CommitAsync(TestFolder.Batch(5000));
            return null;
        }
        catch (StoreException error)
        {
            Assert.DoesNotContain(_folder.Root, error.Message, StringComparison.Ordinal);
            return error.Reason;
        }
    }

    // One to four changes: a number where headers have numbers, a byte anywhere, the length; and half the time with the log's checksums made right again.
    private static byte[] Spoil(Random random, byte[] good)
    {
        var bytes = (byte[])good.Clone();
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            switch (random.Next(4))
            {
                case 0:
                    BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4 * random.Next(Math.Max(1, Math.Min(bytes.Length / 4, 32)))), Sizes[random.Next(Sizes.Length)]);
                    break;
                case 1 or 2 when bytes.Length > 0:
                    bytes[random.Next(2) == 0 ? random.Next(Math.Min(bytes.Length, 128)) : random.Next(bytes.Length)] = (byte)random.Next(256);
                    break;
                default:
                    Array.Resize(ref bytes, random.Next(2) == 0 ? Math.Max(bytes.Length - random.Next(5000), 4) : bytes.Length + random.Next(5000));
                    break;
            }
        }

        if (bytes.Length >= 32 && random.Next(2) == 0)
        {
            SignHeader(bytes);
        }

        return bytes;
    }

    // The checksum of a write-ahead log's header, as SQLite documents it.
    private static void SignHeader(Span<byte> log)
    {
        // Little-endian is what this machine's SQLite writes; another magic number is not a log's, and needs no checksum.
        if (BinaryPrimitives.ReadUInt32BigEndian(log) != 0x377f0682)
        {
            return;
        }

        uint first = 0, second = 0;
        for (var at = 0; at < 24; at += 8)
        {
            first += Word(log[at..]) + second;
            second += Word(log[(at + 4)..]) + first;
        }

        BinaryPrimitives.WriteUInt32BigEndian(log[24..], first);
        BinaryPrimitives.WriteUInt32BigEndian(log[28..], second);

        static uint Word(ReadOnlySpan<byte> at) => BinaryPrimitives.ReadUInt32LittleEndian(at);
    }

    private void Run(params string[] statements)
    {
        foreach (var sql in statements)
        {
            using var connection = new SqliteConnection($"Data Source={_folder.Database};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }

    public void Dispose() => _folder.Dispose();
}
