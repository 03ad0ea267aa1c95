using System.Reflection;
using Sanctum.Crypto;
using Sanctum.Policies;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Sealing;

[Collection(nameof(ProcessWide))]
public sealed class SealingTests
{
    [Fact]
    public async Task Sealing_waits_for_what_runs_and_turns_away_what_comes()
    {
        await using var test = await TestVault.CreateAsync();
        await test.AllowAsync(PolicyActions.Retrieve);
        await test.StoreAsync("a/b", "value");
        var session = await test.SignInAsync("bot");
        var caller = session.Caller;
        using var reached = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        test.Store.Committing = _ =>
        {
            reached.Set();
            goOn.Await();
        };

        var running = Task.Run(() => test.RetrieveAsync(caller, "a/b"));
        reached.Await();
        var sealing = test.SealAsync();

        Assert.False(sealing.IsCompleted);
        Assert.True(test.Vault.IsSealed);
        await Refused.WithAsync(VaultErrorCode.VaultLocked, () => test.RetrieveAsync(caller, "a/b"));
        await Refused.WithAsync(VaultErrorCode.VaultLocked, () => test.Vault.Credentials.ListAsync(test.Operator));
        Refused.With(VaultErrorCode.VaultLocked, () => _ = session.Caller);
        goOn.Set();
        Assert.Equal("value", await running.InTime());
        await sealing.InTime();
        test.Store.Committing = null;
    }

    [Fact]
    public async Task Sealing_zeroes_every_key()
    {
        await using var test = await TestVault.CreateAsync();
        var keys = test.Operator.Unsealed.Keys;
        var buffers = BuffersOf(keys).ToArray();

        // Six subkeys, and the two halves of key derivation that the two envelopes keep.
        Assert.Equal(9, buffers.Length);
        var before = buffers.Select(buffer => buffer.ToArray()).ToArray();

        await test.SealAsync();

        AssertGone(before, buffers);
    }

    [Fact]
    public async Task Sealing_zeroes_the_keys_even_when_it_cant_be_recorded()
    {
        await using var test = await TestVault.CreateAsync();
        var buffers = BuffersOf(test.Operator.Unsealed.Keys).ToArray();
        var before = buffers.Select(buffer => buffer.ToArray()).ToArray();
        test.Store.Committing = _ => throw new StoreException(StoreFailure.Full, "full");

        var report = await test.Vault.SealAsync("test");

        Assert.True(report.Changed);
        Assert.Equal(VaultErrorCode.StorageFailed, report.NotRecorded?.Code);
        Assert.True(test.Vault.IsSealed);
        AssertGone(before, buffers);
        test.Store.Committing = null;
    }

    [Fact]
    public async Task Somebody_who_stopped_reading_the_log_does_not_keep_the_vault_from_being_sealed()
    {
        await using var test = await TestVault.CreateAsync();
        await using var reading = test.Vault.Audit.ReadAsync(test.Operator).GetAsyncEnumerator();
        Assert.True(await reading.MoveNextAsync());

        await test.SealAsync().InTime();

        await Refused.WithAsync(VaultErrorCode.VaultLocked, () => reading.MoveNextAsync().AsTask());
    }

    [Fact]
    public async Task What_an_agent_hangs_on_the_end_of_its_session_holds_up_nobody()
    {
        await using var test = await TestVault.CreateAsync();
        var session = await test.SignInAsync("bot");
        using var never = new ManualResetEventSlim();
        session.Ended.Register(never.Wait);

        await Task.Run(() => test.Vault.Agents.RemoveAsync(test.Operator, session.Agent)).InTime();
        Assert.True(session.Ended.IsCancellationRequested);
        await test.StoreAsync("a/b").InTime();
        await test.SealAsync().InTime();
        never.Set();
    }

    // Not that they are zeroes: some have a new owner by now.
    private static void AssertGone(byte[][] before, ReadOnlyMemory<byte>[] now)
    {
        for (var i = 0; i < before.Length; i++)
        {
            Assert.True(now[i].Span.IndexOf(before[i].AsSpan(0, 4)) < 0 && now[i].Span.IndexOf(before[i].AsSpan(^4)) < 0);
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> BuffersOf(object holder)
    {
        foreach (var field in holder.GetType().GetFields(BindingFlags.Instance | BindingFlags.NonPublic))
        {
            var value = field.GetValue(holder);
            if (value is SecretBytes secret)
            {
                yield return secret.Memory;
            }
            else if (value is byte[] { Length: 16 } half && field.Name == "_k1")
            {
                yield return half;
            }
            else if (value is Envelope or KeyWrap or MacKey)
            {
                foreach (var inner in BuffersOf(value))
                {
                    yield return inner;
                }
            }
        }
    }
}
