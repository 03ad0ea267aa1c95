using Sanctum.Sealing;
using Sanctum.Storage;
using Sanctum.Tests.Fixture;

namespace Sanctum.Tests.Storage;

/// <summary>The log and the head, from which the vault knows what it was.</summary>
public sealed partial class TamperingTests
{
    [Fact]
    public async Task A_log_without_its_end_its_middle_or_its_beginning_is_found()
    {
        foreach (var (first, segment) in Store.Log.ToArray())
        {
            Store.Log.Remove(first);
            await NamedAsync();
            Store.Log[first] = segment;
        }
    }

    [Fact]
    public async Task Log_segments_that_changed_places_are_found()
    {
        var firsts = Store.Log.Keys.ToArray();
        for (var i = 1; i < firsts.Length; i++)
        {
            var (one, two) = (Store.Log[firsts[i - 1]], Store.Log[firsts[i]]);
            Store.Log[firsts[i - 1]] = two with { FirstSequence = one.FirstSequence };
            Store.Log[firsts[i]] = one with { FirstSequence = two.FirstSequence };
            await NamedAsync();
            (Store.Log[firsts[i - 1]], Store.Log[firsts[i]]) = (one, two);
        }
    }

    [Fact]
    public async Task A_changed_log_segment_is_found()
    {
        foreach (var (first, segment) in Store.Log.ToArray())
        {
            var data = segment.Data.ToArray();
            data[data.Length / 2] ^= 1;
            Store.Log[first] = segment with { Data = data };
            await NamedAsync();
            Store.Log[first] = segment with { Count = segment.Count + 1 };
            await NamedAsync();
            Store.Log[first] = segment;
        }
    }

    [Fact]
    public async Task A_log_segment_of_another_life_of_the_vault_is_found()
    {
        // A copy of the vault was used as well, and has its own entries under the same numbers and keys.
        var twin = _earlier.Copy();
        await using (var vault = await Vault.OpenAsync(twin, _test.Options))
        {
            _test.Time.Advance(TimeSpan.FromSeconds(1));
            await vault.UnsealAsync(TestVault.Passphrase);
            await vault.SealAsync("test");
        }

        foreach (var (first, segment) in twin.Log.Where(pair => pair.Key >= _earlier.Log.Keys.Max() + 1))
        {
            var mine = Store.Log[first];
            Store.Log[first] = segment;
            await NamedAsync();
            Store.Log[first] = mine;
        }
    }

    [Fact]
    public async Task The_head_turned_back_alone_is_found()
    {
        Store.Records[Head.Key] = _earlier.Records[Head.Key];
        await DamagedAsync();
    }

    [Fact]
    public async Task Log_and_head_turned_back_without_the_records_are_found()
    {
        Store.Records[Head.Key] = _earlier.Records[Head.Key];
        foreach (var first in Store.Log.Keys.Except(_earlier.Log.Keys).ToArray())
        {
            Store.Log.Remove(first);
        }

        await DamagedAsync();
    }

    [Fact]
    public async Task Records_turned_back_without_log_and_head_are_found()
    {
        var now = Store.Copy();
        Store.Records.Clear();
        foreach (var (key, record) in _earlier.Records)
        {
            Store.Records[key] = record;
        }

        Store.Records[Head.Key] = now.Records[Head.Key];
        await DamagedAsync();
    }

    // Who may do what is in the records, and they are whole: the vault is served. What of the log is not is named, and nobody has an hourly limit left.
    private async Task NamedAsync()
    {
        await UnsealOnceAsync();
        var before = Store.Fingerprint();
        var loaded = await LoadedVault.LoadAsync(Store, _keys!, TestVault.Noon, default);
        Assert.NotEmpty(loaded.Damage);
        Assert.True(loaded.State.Counters.IsSpent("p", Sanctum.Agents.AgentName.Parse("bot"), Sanctum.Policies.PolicyActions.Use, int.MaxValue, TestVault.Noon, out _));
        Assert.Equal(before, Store.Fingerprint());
    }
}
