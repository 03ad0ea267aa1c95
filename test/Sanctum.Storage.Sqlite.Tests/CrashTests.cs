using Sanctum.Storage.Contract;

namespace Sanctum.Storage.Sqlite.Tests;

/// <summary>What was acknowledged survives <c>kill -9</c>.</summary>
public sealed class CrashTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [Fact]
    public async Task Every_acknowledged_batch_is_there_after_kill_9_and_the_last_one_is_whole_or_absent()
    {
        await _folder.MakeAsync(batches: 0);
        for (var round = 0; round < 12; round++)
        {
            long acknowledged;
            await using (var writer = await CrashWriter.StartAsync(_folder, "commits"))
            {
                await writer.ReadAsync(round * 7);
                await writer.KillAsync();
                acknowledged = writer.Acknowledged;
            }

            await using var store = await SqliteVaultStore.OpenAsync(_folder.Vault);
            var log = await Contents.LogOf(store);
            Assert.Equal(Enumerable.Range(1, log.Count).Select(number => (long)number), log.Select(segment => segment.FirstSequence));
            Assert.InRange(log.Count, acknowledged, acknowledged + 1);
            Assert.All(log, segment => Assert.False(segment.Data.Span.ContainsAnyExcept((byte)segment.FirstSequence)));
            var newest = (await store.ReadAsync(new RecordKey(1, (UInt128)(log.Count % 50))))!.Value;
            Assert.Equal(log.Count, newest.Revision);
        }
    }

    [Fact]
    public async Task The_seal_is_one_that_was_written_after_kill_9_never_a_part_of_one()
    {
        await _folder.MakeAsync(batches: 0);
        for (var round = 0; round < 6; round++)
        {
            long acknowledged;
            await using (var writer = await CrashWriter.StartAsync(_folder, "seals"))
            {
                await writer.ReadAsync(round * 5);
                await writer.KillAsync();
                acknowledged = writer.Acknowledged;
            }

            await using var store = await SqliteVaultStore.OpenAsync(_folder.Vault);
            var seal = (await store.ReadKeyDocumentAsync())!;
            Assert.Equal(3000, seal.Length);
            Assert.InRange(seal[0], (byte)acknowledged, (byte)(acknowledged + 1));
            Assert.False(seal.AsSpan().ContainsAnyExcept(seal[0]));
            Assert.False(File.Exists(_folder["vault.sealed.tmp"]));
        }
    }

    public void Dispose() => _folder.Dispose();
}
