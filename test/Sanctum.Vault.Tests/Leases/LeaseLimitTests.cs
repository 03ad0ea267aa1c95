using Sanctum.Credentials;
using Sanctum.Leases;
using Sanctum.Policies;
using Sanctum.Sealing;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Leases;

/// <summary>An agent holds as many leases as it may, and not one more.</summary>
public sealed class LeaseLimitTests : IAsyncLifetime
{
    private const int Most = 10;

    private static readonly CredentialPath Path = CredentialPath.Parse("a/b");

    private TestVault _test = null!;
    private Caller _bot = null!;

    public async ValueTask InitializeAsync()
    {
        _test = await TestVault.CreateAsync(options => options with { MaxLeasesPerAgent = Most });
        await _test.StoreAsync("a/b", "value");
        await _test.AllowAsync(PolicyActions.Retrieve, maxTtl: 1000);
        _bot = (await _test.SignInAsync("bot")).Caller;
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Many_calls_at_once_get_as_many_leases_as_there_are_places()
    {
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        _test.Store.Committing = _ =>
        {
            reached.Set();
            goOn.Await();
        };
        var other = Task.Run(() => _test.StoreAsync("other"));
        reached.Await();

        // None of these is written before all of them have been decided on.
        var calls = Enumerable.Range(0, 5 * Most).Select(_ => LeaseAsync()).ToArray();
        goOn.Set();
        await other.InTime();
        await Task.WhenAll(calls.Select(Settled)).InTime();
        _test.Store.Committing = null;

        Assert.Equal(Most, calls.Count(call => call.IsCompletedSuccessfully));
        Assert.Equal(Most, (await _test.Vault.ListLeasesAsync(_bot)).Count);
    }

    [Fact]
    public async Task A_lease_that_is_over_takes_no_place_though_it_has_not_been_swept_out()
    {
        var slow = await LeaseAsync(100);
        for (var i = 1; i < Most; i++)
        {
            await LeaseAsync(1);
        }

        var refusal = await Refused.WithAsync(VaultErrorCode.RateLimited, () => LeaseAsync(1));
        Assert.Equal(1L, refusal.Context!["retry_after"]);
        _test.Time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 1; i < Most; i++)
        {
            await LeaseAsync(100);
        }

        await Refused.WithAsync(VaultErrorCode.RateLimited, () => LeaseAsync(1));
        await _test.Vault.ReleaseLeaseAsync(_bot, slow.Id);
        await LeaseAsync(1);
    }

    [Fact]
    public async Task A_renewed_lease_keeps_its_place_for_as_long_as_it_lives_and_no_longer()
    {
        var longer = await LeaseAsync(1);
        var shorter = await LeaseAsync(1000);
        await _test.Vault.RenewLeaseAsync(_bot, longer.Id, TimeSpan.FromSeconds(1000));
        await _test.Vault.RenewLeaseAsync(_bot, shorter.Id, TimeSpan.FromSeconds(1));
        _test.Time.Advance(TimeSpan.FromSeconds(2));
        for (var i = 1; i < Most; i++)
        {
            await LeaseAsync(100);
        }

        await Refused.WithAsync(VaultErrorCode.RateLimited, () => LeaseAsync());
    }

    [Fact]
    public async Task What_fails_gives_its_place_back()
    {
        await _test.Vault.Credentials.RemoveAsync(_test.Operator, Path);
        for (var i = 0; i < 2 * Most; i++)
        {
            await Refused.WithAsync(VaultErrorCode.CredentialNotFound, () => LeaseAsync());
        }

        await _test.StoreAsync("a/b", "value");
        _test.Store.Committing = _ => throw new StoreException(StoreFailure.Full, "full");
        for (var i = 0; i < 2 * Most; i++)
        {
            await Refused.WithAsync(VaultErrorCode.StorageFailed, () => LeaseAsync());
        }

        _test.Store.Committing = null;
        for (var i = 0; i < Most; i++)
        {
            await LeaseAsync();
        }
    }

    [Fact]
    public async Task Leases_that_were_stored_count_after_reopening()
    {
        for (var i = 0; i < Most; i++)
        {
            await LeaseAsync();
        }

        await _test.ReopenAsync();
        _bot = (await _test.SignInAsync("bot")).Caller;
        await Refused.WithAsync(VaultErrorCode.RateLimited, () => LeaseAsync());
    }

    [Fact]
    public async Task Sweeping_thousands_out_holds_nobody_up_longer_than_a_few_do()
    {
        await PutExpiredAsync(5000);
        var (largest, deleted) = (0, 0);
        _test.Store.Committing = batch =>
        {
            largest = Math.Max(largest, batch.Deletes.Count);
            Interlocked.Add(ref deleted, batch.Deletes.Count);
        };
        _test.Time.Advance(Sweep.Interval);
        while (Volatile.Read(ref deleted) < 5000)
        {
            // The sweep is on its way; a call gets in between.
            await _test.Vault.ListAsync(_bot).InTime();
        }

        Assert.InRange(largest, 1, LeaseSweep.MaxAtOnce);
    }

    [Theory]
    [InlineData(RetrievalForm.Text)]
    [InlineData(RetrievalForm.Hex)]
    public async Task A_secret_that_does_not_fit_its_reply_makes_no_lease_and_is_on_the_record_as_failed(RetrievalForm form)
    {
        await using var test = await TestVault.CreateAsync(options => options with { MaxResultBytes = 4096 });
        await test.StoreAsync("a/b", form == RetrievalForm.Text ? new string('\u0001', 700) : new string('x', 2000));
        await test.AllowAsync(PolicyActions.Retrieve);
        var caller = (await test.SignInAsync("bot")).Caller;

        await Refused.WithAsync(VaultErrorCode.ResponseTooLarge, () => test.Vault.RetrieveAsync(caller, Path, form: form));

        Assert.Empty(await test.Vault.ListLeasesAsync(caller));
        Assert.Empty(test.Store.KeysOf(Collections.Leases));
        var entry = (await test.AuditAsync(new() { Action = "retrieve" })).Single();
        Assert.Equal((Sanctum.Audit.AuditOutcome.Failed, VaultErrorCode.ResponseTooLarge, null), (entry.Outcome, entry.Reason, entry.LeaseId));
    }

    [Theory]
    [InlineData("a\u0001\"<", 3000)]
    [InlineData("\u00e9", 4095)]
    [InlineData("\U0001f600", 1025)]
    public void The_length_of_text_is_what_it_will_be_written_as(string unit, int times)
    {
        var secret = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(unit, times)));
        var written = System.Text.Json.JsonEncodedText.Encode(secret).EncodedUtf8Bytes.Length;
        DeliverableSecret.Require(secret, RetrievalForm.Text, written + 768);
        Assert.Throws<VaultException>(() => DeliverableSecret.Require(secret, RetrievalForm.Text, written + 767));
    }

    private static async Task Settled(Task call)
    {
        try
        {
            await call;
        }
        catch (VaultException refused) when (refused.Code == VaultErrorCode.RateLimited)
        {
            // Counted by whoever looks at the call.
        }
    }

    private async Task<Lease> LeaseAsync(int? ttl = null)
    {
        using var retrieved = await _test.Vault.RetrieveAsync(_bot, Path, ttl is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        return retrieved.Lease;
    }

    private async Task PutExpiredAsync(int count)
    {
        var vault = _test.Vault.Enter(_test.Operator);
        try
        {
            var leases = Enumerable.Range(0, count)
                .Select(i => new Lease($"{i:x32}", _bot.Agent, Path, TimeSpan.FromSeconds(1), TestVault.Noon.AddHours(-1), TestVault.Noon.AddMinutes(-59), 0))
                .ToList();
            await vault.Journal.CommitAsync(
                [Sanctum.Audit.OperatorEntry.Of(vault, "test", null)],
                [.. leases.Select(lease => new Sanctum.Audit.RecordChange(vault.Codec.KeyOf(Collections.Leases, lease.Id), LeaseRecord.Write(lease)))]);
            leases.ForEach(vault.Leases.Put);
        }
        finally
        {
            vault.Exit();
        }
    }
}
