using Sanctum.SealProviders.Local;
using Sanctum.Sealing;

namespace Sanctum.SealProviders.Tests;

/// <summary>The kernel's own keyrings.</summary>
public sealed class KeyringTests
{
    [Theory]
    [InlineData("user")]
    [InlineData("session")]
    public async Task A_key_is_kept_given_out_and_removed(string keyring)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/proc/keys"), "this kernel or container has no keyrings");
        var provider = new KernelKeyring();
        var place = Failing.Place(keyring);
        using (var created = await provider.CreateAsync(place, default))
        {
            Assert.Equal(32, created.Key.Length);
            Assert.Contains(created.Key.Span.ToArray(), it => it != 0);
            using var opened = await provider.OpenAsync(place, created.Data, default);
            Assert.Equal(created.Key.Span, opened.Span);

            // On another thread. A session is only this thread's where the process was started without one.
            using var again = keyring == "user" ? await Task.Run(() => provider.OpenAsync(place, "", default)) : await provider.OpenAsync(place, "", default);
            Assert.Equal(created.Key.Span, again.Span);
        }

        Assert.True(await provider.ForgetAsync(place, default));
        await Failing.WithAsync("the machine was restarted or the session ended", async () => await provider.OpenAsync(place, "", default));
        Assert.False(await provider.ForgetAsync(place, default));
    }

    [Fact]
    public async Task Another_vault_and_another_name_have_another_key()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/proc/keys"), "this kernel or container has no keyrings");
        var provider = new KernelKeyring();
        var place = Failing.Place("user");
        using var created = await provider.CreateAsync(place, default);
        await Failing.WithAsync("not in the kernel's keyring", async () => await provider.OpenAsync(place with { Name = "other" }, "", default));
        await Failing.WithAsync("not in the kernel's keyring", async () => await provider.OpenAsync(place with { VaultId = Guid.NewGuid() }, "", default));
        await provider.ForgetAsync(place, default);
    }

    // As in a service, whose session is its own.
    [Fact]
    public async Task A_session_that_does_not_lead_to_the_users_keyring_can_use_it_all_the_same()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/proc/keys"), "this kernel or container has no keyrings");
        var provider = new KernelKeyring();
        var (session, user) = (Failing.Place("session"), Failing.Place("user"));
        await Task.Factory.StartNew(
            () =>
            {
                using var own = provider.CreateAsync(session, default).GetAwaiter().GetResult();
                using var created = provider.CreateAsync(user, default).GetAwaiter().GetResult();
                using var opened = provider.OpenAsync(user, created.Data, default).GetAwaiter().GetResult();
                Assert.Equal(created.Key.Span, opened.Span);
                provider.ForgetAsync(user, default).GetAwaiter().GetResult();
            },
            default,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    [Theory]
    [InlineData("")]
    [InlineData("thread")]
    [InlineData("-4")]
    public async Task There_are_two_keyrings(string keyring) =>
        await Failing.WithAsync("not the name of a keyring", async () => await new KernelKeyring().OpenAsync(new SealPlace(Guid.NewGuid(), "n", keyring), "", default));
}
