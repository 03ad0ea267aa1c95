using Sanctum.Audit;
using Sanctum.Crypto;
using Sanctum.Policies;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Sealing;

public sealed class UnsealingTests
{
    [Fact]
    public async Task What_was_stored_is_there_after_reopening()
    {
        await using var test = await TestVault.CreateAsync();
        var id = test.Vault.Id;
        await test.StoreAsync("a/b", "the value");
        await test.AllowAsync(PolicyActions.Retrieve);
        await test.RegisterAsync("bot");

        await test.ReopenAsync();

        Assert.Equal(id, test.Vault.Id);
        Assert.Equal("the value", await test.RetrieveAsync((await test.SignInAsync("bot")).Caller, "a/b"));
    }

    [Fact]
    public async Task A_new_vault_and_an_opened_one_are_sealed()
    {
        var store = new InMemoryVaultStore();
        await using var made = await Vault.CreateAsync(store, TestVault.Passphrase, new VaultOptions { Kdf = KdfParameters.Minimum });
        Assert.True(made.IsSealed);
        await using var opened = await Vault.OpenAsync(store);
        Assert.True(opened.IsSealed);
        Refused.With(VaultErrorCode.VaultLocked, () => opened.IssueChallenge("bot"));
    }

    [Fact]
    public async Task A_folder_without_a_vault_opens_none() =>
        await Refused.WithAsync(VaultErrorCode.NotFound, () => Vault.OpenAsync(new OpenStore()));

    [Fact]
    public async Task A_folder_with_a_vault_gets_no_second_one()
    {
        await using var test = await TestVault.CreateAsync();
        var before = test.Store.Fingerprint();
        await Refused.WithAsync(VaultErrorCode.Conflict, () => Vault.CreateAsync(test.Store, "another one"u8.ToArray(), test.Options));
        Assert.Equal(before, test.Store.Fingerprint());
    }

    [Fact]
    public async Task A_vault_needs_a_passphrase() =>
        await Refused.WithAsync(VaultErrorCode.InvalidParams, () => Vault.CreateAsync(new OpenStore(), Array.Empty<byte>()));

    [Theory]
    [InlineData("")]
    [InlineData("correct horse battery staplf")]
    [InlineData("correct horse battery staple ")]
    [InlineData("Correct horse battery staple")]
    public async Task Another_passphrase_opens_nothing_and_writes_nothing(string other)
    {
        await using var test = await TestVault.CreateAsync();
        await test.SealAsync();
        var before = test.Store.Fingerprint();

        await Refused.WithAsync(VaultErrorCode.AuthFailed, () => test.Vault.UnsealAsync(System.Text.Encoding.UTF8.GetBytes(other)));

        Assert.True(test.Vault.IsSealed);
        Assert.Equal(before, test.Store.Fingerprint());
    }

    [Fact]
    public async Task While_it_is_unsealed_a_wrong_passphrase_is_on_the_record_and_a_right_one_makes_an_operator()
    {
        await using var test = await TestVault.CreateAsync();
        await Refused.WithAsync(VaultErrorCode.AuthFailed, () => test.Vault.UnsealAsync("wrong"u8.ToArray()));
        var refused = (await test.AuditAsync())[^1];
        Assert.Equal(("operator.login", VaultErrorCode.AuthFailed), (refused.Action, refused.Reason));

        var second = await test.Vault.UnsealAsync(TestVault.Passphrase);
        Assert.Empty(await test.Vault.Credentials.ListAsync(second));
        var allowed = (await test.AuditAsync())[^1];
        Assert.Equal(("operator.login", AuditOutcome.Allowed, "operator"), (allowed.Action, allowed.Outcome, allowed.Actor));
    }

    [Fact]
    public async Task Sealing_a_sealed_vault_does_nothing_and_closing_twice_neither()
    {
        await using var test = await TestVault.CreateAsync();
        await test.SealAsync();
        var before = test.Store.Fingerprint();
        await test.SealAsync();
        await test.Vault.DisposeAsync();
        await test.Vault.DisposeAsync();
        Assert.Equal(before, test.Store.Fingerprint());
    }

    [Fact]
    public async Task An_operator_is_worth_nothing_after_sealing_even_when_it_is_unsealed_again()
    {
        await using var test = await TestVault.CreateAsync();
        var old = test.Operator;
        await test.SealAsync();
        await Refused.WithAsync(VaultErrorCode.VaultLocked, () => test.Vault.Credentials.ListAsync(old));
        await test.UnsealAsync();
        await Refused.WithAsync(VaultErrorCode.VaultLocked, () => test.Vault.Credentials.ListAsync(old));
    }

    [Fact]
    public async Task An_operator_of_one_vault_is_nobody_to_another()
    {
        await using var one = await TestVault.CreateAsync();
        await using var other = await TestVault.CreateAsync();
        await Refused.WithAsync(VaultErrorCode.VaultLocked, () => other.Vault.Credentials.ListAsync(one.Operator));
    }

    [Fact]
    public async Task An_unsealing_that_cant_be_recorded_fails_and_leaves_no_timer_running()
    {
        var time = new CountingTime();
        await using var test = await TestVault.CreateAsync(options => options with { TimeProvider = time });
        await test.SealAsync();
        Assert.Equal(0, time.Timers);
        test.Store.Committing = _ => throw new StoreException(StoreFailure.Full, "full");

        await Refused.WithAsync(VaultErrorCode.StorageFailed, () => test.Vault.UnsealAsync(TestVault.Passphrase));

        Assert.True(test.Vault.IsSealed);
        Assert.Equal(0, time.Timers);
        test.Store.Committing = null;
        await test.UnsealAsync();
    }

    private sealed class CountingTime : TimeProvider
    {
        private int _timers;

        public int Timers => Volatile.Read(ref _timers);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Increment(ref _timers);
            return new Timer(this, base.CreateTimer(callback, state, dueTime, period));
        }

        private sealed class Timer(CountingTime owner, ITimer inner) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(dueTime, period);

            public void Dispose()
            {
                Interlocked.Decrement(ref owner._timers);
                inner.Dispose();
            }

            public ValueTask DisposeAsync()
            {
                Interlocked.Decrement(ref owner._timers);
                return inner.DisposeAsync();
            }
        }
    }
}
