using System.Runtime.Versioning;
using System.Text;
using Sanctum.Daemon.Admin;
using Sanctum.Daemon.Hosting.Moves;

namespace Sanctum.Storage.Postgres.Tests.Moves;

/// <summary>A <c>vault.move</c> that nobody can go by: nothing is guessed, and the vault opens again once the file is gone.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class UnusableJournalTests
{
    private const string Ids = """ "move": "6f2b1c0e-0000-4000-8000-000000000001", "vault": "6f2b1c0e-0000-4000-8000-000000000002", "at": "2026-11-27T04:15:00+00:00", "entries": 3, "checkpoint": "00" """;

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"move": "6f2b1c0e"}""")]
    [InlineData("{" + Ids + """, "to_database": true}""")]
    [InlineData("{" + Ids + """, "to_database": true, "store": {} }""")]
    [InlineData("{" + Ids + """, "to_database": false, "store": {} }""")]
    [InlineData("{" + Ids + """, "to_database": true, "store": null}""")]
    [InlineData("{" + Ids + """, "to_database": true, "store": {"postgres": "Host=/nowhere"}, "more": 1}""")]
    [InlineData("{" + Ids + """, "to_database": true, "to_database": false, "store": {"postgres": "Host=/nowhere"} }""")]
    [InlineData("{" + Ids + """, "to_database": true, "store": {"postgres": "\ud800"} }""")]
    [InlineData("{" + Ids + """, "to_database": true, "store": {"postgres": "Host=/nowhere"} }""" + " trailing")]
    public async Task One_that_says_nothing_is_named_and_nothing_is_changed(string content) => await RefusedAsync(Encoding.UTF8.GetBytes(content), "can't be read");

    [Fact]
    public async Task Bytes_that_are_no_text_are_named() =>
        await RefusedAsync([.. Encoding.UTF8.GetBytes("{" + Ids + ", \"to_database\": true, \"store\": {\"postgres\": \""), 0xff, 0xfe, .. "\"}}"u8], "can't be read");

    [Fact]
    public async Task One_that_is_too_large_is_named() => await RefusedAsync(new byte[100_000], "larger than");

    // Whoever can write it chooses the database that passwords are sent to.
    [Fact]
    public async Task One_that_others_can_write_is_refused() => await RefusedAsync("{}"u8.ToArray(), "other users", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);

    private static async Task RefusedAsync(byte[] content, string says, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        await using var vault = await MovingVault.MakeAsync();
        await File.WriteAllBytesAsync(vault.Journal, content, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(vault.Journal, mode);
        foreach (var attempt in new Func<Task>[] { vault.OpenAsync, () => VaultMoves.ResumeAsync(vault.Place) })
        {
            var refused = await Assert.ThrowsAsync<OperatorException>(attempt);
            Assert.Contains("vault.move", refused.Message, StringComparison.Ordinal);
            Assert.Contains(says, refused.Message, StringComparison.Ordinal);
            Assert.False(string.IsNullOrEmpty(refused.Suggestion));
            Assert.Equal(content, await File.ReadAllBytesAsync(vault.Journal, TestContext.Current.CancellationToken));
        }

        File.Delete(vault.Journal);
        Assert.Equal(MovingVault.Secret, await vault.OpenAsync());
    }
}
