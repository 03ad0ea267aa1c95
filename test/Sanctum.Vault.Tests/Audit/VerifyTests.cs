using Sanctum.Audit;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Audit;

/// <summary>Every row of the log is accounted for, and a checkpoint that was noted earlier can be compared.</summary>
public sealed class VerifyTests : IAsyncLifetime
{
    private TestVault _test = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync();
        for (var i = 0; i < 5; i++)
        {
            await _test.StoreAsync($"path/{i}");
        }
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Sealing_waits_for_no_verification_however_long_the_log_is()
    {
        var reached = new TaskCompletionSource();
        _test.Store.ReadingLog = async cancellationToken =>
        {
            reached.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        };
        var verifying = _test.Vault.Audit.VerifyAsync(_test.Operator);
        await reached.Task.InTime();
        await _test.SealAsync().InTime();
        await Refused.WithAsync(VaultErrorCode.VaultLocked, () => verifying.InTime());
        _test.Store.ReadingLog = null;
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-5)]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(1000)]
    [InlineData(long.MaxValue)]
    public async Task A_row_that_the_vault_did_not_write_is_named_whatever_its_number(long number)
    {
        var log = _test.Store.Log;
        foreach (var row in new[] { log[3], log[3] with { Count = 0 }, log[3] with { Count = int.MaxValue }, new StoredSegment(1, 1, default) })
        {
            log[number] = row with { FirstSequence = number };
            await NamesAsync($"row {number} ");
            log.Remove(number);
        }

        await _test.Vault.Audit.VerifyAsync(_test.Operator);
    }

    [Fact]
    public async Task A_row_without_entries_in_the_place_of_one_is_found()
    {
        var log = _test.Store.Log;
        var row = log[4];
        log[4] = row with { Count = 0 };
        await NamesAsync("row 4 ");
        log[4] = row;
    }

    [Fact]
    public async Task All_damage_is_counted_and_the_first_is_named()
    {
        var log = _test.Store.Log;
        var (third, fifth) = (log[3], log[5]);
        log[3] = third with { Data = new byte[third.Data.Length] };
        log.Remove(5);
        await NamesAsync("audit entry 3 can't be decrypted at its position, and 1 more");
        (log[3], log[5]) = (third, fifth);
    }

    [Fact]
    public async Task An_entrys_mac_is_a_checkpoint_for_as_long_as_the_log_grows()
    {
        var entries = await _test.AuditAsync();
        Assert.Equal((await _test.Vault.Audit.VerifyAsync(_test.Operator)).Checkpoint, entries[^1].Mac);
        for (var round = 0; round < 2; round++)
        {
            foreach (var entry in entries)
            {
                await _test.Vault.Audit.VerifyAsync(_test.Operator, new AuditCheckpoint(entry.Sequence, entry.Mac));
                await DiffersAsync(new AuditCheckpoint(entry.Sequence, entries[(int)entry.Sequence % entries.Count].Mac), $"audit entry {entry.Sequence} does not match");
            }

            await _test.StoreAsync("path/more");
        }
    }

    [Fact]
    public async Task A_vault_that_was_put_back_whole_is_told_from_its_checkpoint()
    {
        await _test.SealAsync();
        var earlier = _test.Store.Copy();
        await _test.UnsealAsync();
        await _test.StoreAsync("path/later");
        var noted = (await _test.AuditAsync())[^1];
        var checkpoint = new AuditCheckpoint(noted.Sequence, noted.Mac);
        await _test.SealAsync();

        // It opens: nothing in it can show that there was more.
        _test.Store.TakeOver(earlier);
        await _test.ReopenAsync();
        await _test.Vault.Audit.VerifyAsync(_test.Operator);
        await DiffersAsync(checkpoint, "rolled back to an earlier state");

        // And used since, until it is longer than it was.
        for (var i = 0; i < 5; i++)
        {
            await _test.StoreAsync("path/again");
        }

        await DiffersAsync(checkpoint, "rolled back to an earlier state and used since");
    }

    [Theory]
    [InlineData("")]
    [InlineData("3")]
    [InlineData(":00")]
    [InlineData("0:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("-1:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("3:000000000000000000000000000000000000000000000000000000000000000g")]
    [InlineData("3:00000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("99999999999999999999:0000000000000000000000000000000000000000000000000000000000000000")]
    public void A_text_that_breaks_the_rule_is_no_checkpoint(string text) => Assert.False(AuditCheckpoint.TryParse(text, out _));

    [Fact]
    public void A_checkpoint_is_read_as_it_is_written()
    {
        var checkpoint = new AuditCheckpoint(17, new string('a', 64));
        Assert.True(AuditCheckpoint.TryParse(checkpoint.ToString(), out var read));
        Assert.Equal(checkpoint, read);
        Assert.True(AuditCheckpoint.TryParse(checkpoint.ToString().ToUpperInvariant(), out read));
        Assert.Equal(checkpoint, read);
    }

    private async Task NamesAsync(string what)
    {
        var refusal = await Refused.WithAsync(VaultErrorCode.Damaged, () => _test.Vault.Audit.VerifyAsync(_test.Operator));
        Assert.Contains(what, refusal.Message, StringComparison.Ordinal);
    }

    private async Task DiffersAsync(AuditCheckpoint checkpoint, string says)
    {
        var refusal = await Refused.WithAsync(VaultErrorCode.Damaged, () => _test.Vault.Audit.VerifyAsync(_test.Operator, checkpoint));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }
}
