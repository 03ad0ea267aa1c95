using System.Security.Cryptography;
using Sanctum.SealProviders.Local;

namespace Sanctum.SealProviders.Tests;

public sealed class SystemdTests : IDisposable
{
    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_key_is_what_systemd_put_there()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        _folder.Write("sanctum-seal-key", key, UnixFileMode.UserRead);
        var provider = new SystemdCredential(() => _folder.Path);
        var place = Failing.Place("sanctum-seal-key");
        using var created = await provider.CreateAsync(place, default);
        using var opened = await provider.OpenAsync(place, created.Data, default);
        Assert.Equal(key, created.Key.Span);
        Assert.Equal(key, opened.Span);
        await provider.ForgetAsync(place, default);
        Assert.True(File.Exists(Path.Join(_folder.Path, "sanctum-seal-key")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(4096)]
    public async Task A_file_of_another_size_is_no_key(int size)
    {
        _folder.Write("key", new byte[size]);
        await Failing.WithAsync(size > 32 ? "larger than 32 bytes" : $"has {size} bytes where a key has 32", () => OpenAsync("key"));
    }

    [Fact]
    public async Task What_others_can_read_or_write_or_own_is_no_key()
    {
        var path = _folder.Write("key", new byte[32], UnixFileMode.UserRead | UnixFileMode.OtherRead);
        await Failing.WithAsync("can be read by all users", () => OpenAsync("key"));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherWrite);
        await Failing.WithAsync("can be written by other users", () => OpenAsync("key"));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead); // As systemd's access lists look.
        (await OpenAsync("key")).Dispose();

        // A link has a mode of its own that means nothing: what counts is the file.
        File.CreateSymbolicLink(Path.Join(_folder.Path, "link"), path);
        (await OpenAsync("link")).Dispose();
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        await Failing.WithAsync("can be read by all users", () => OpenAsync("link"));
    }

    [Theory]
    [InlineData("../key")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("")]
    public async Task A_name_leads_nowhere_else(string name) => await Failing.WithAsync("not the name of a systemd credential", () => OpenAsync(name));

    [Fact]
    public async Task Without_systemd_or_without_the_credential_it_says_so()
    {
        await Failing.WithAsync("gave this process no credentials", () => new SystemdCredential(() => null).OpenAsync(Failing.Place("key"), "", default));
        await Failing.WithAsync("does not exist", () => OpenAsync("key"));
    }

    // Async, so that what it throws at once is the task's too.
    private async Task<Sanctum.Crypto.SecretBytes> OpenAsync(string name) => await new SystemdCredential(() => _folder.Path).OpenAsync(Failing.Place(name), "", default);
}
