using System.Threading.Channels;

namespace Sanctum.Sdk.Tests;

/// <summary><c>sanctum request</c> streams: what comes is written at once, and what is read is sent, whatever its size.</summary>
public sealed class RequestTests(SdkVault vault) : IClassFixture<SdkVault>
{
    // The processes get less memory than half of what they pass on. Up to 16 MiB are read before they are sent.
    private const int Memory = 96;
    private const int Size = 200;
    private const long Mebibyte = 1024 * 1024;

    [Fact]
    public async Task An_event_is_written_before_the_next_is_sent()
    {
        var words = vault.Streams.Words = Channel.CreateUnbounded<string>();
        using var command = Child.Command(vault, Memory, "request", "openai/key", $"{vault.Streams.Origin}/events", "-i");
        Assert.Equal("HTTP/1.1 200 OK", await command.LineAsync());
        while (await command.LineAsync() is not ("" or null))
        {
        }

        for (var i = 0; i < 3; i++)
        {
            words.Writer.TryWrite($"{{{i}}}");
            Assert.Equal($"data: {{{i}}}", await command.LineAsync());
            Assert.Equal("", await command.LineAsync());
        }

        words.Writer.Complete();
        await command.EndAsync();
    }

    [Fact]
    public async Task A_download_of_any_size_takes_little_memory()
    {
        using var command = Child.Command(vault, Memory, "request", "openai/key", $"{vault.Streams.Origin}/download/{Size}");
        var (buffer, total) = (new byte[64 * 1024], 0L);
        while (await command.Output.ReadAsync(buffer) is > 0 and var count)
        {
            total += count;
        }

        await command.EndAsync();
        Assert.Equal(Size * Mebibyte, total);
    }

    [Fact]
    public async Task An_upload_from_stdin_has_any_size()
    {
        using var command = Child.Command(vault, Memory, "request", "openai/key", "POST", $"{vault.Streams.Origin}/upload", "-");
        await new MadeStream(Size * Mebibyte).CopyToAsync(command.Input);
        command.EndInput();
        Assert.Equal($"{Size * Mebibyte} chunked Bearer [REDACTED]", await command.LineAsync());
        await command.EndAsync();
    }

    [Fact]
    public async Task An_upload_from_a_file_has_any_size_and_its_length_is_told()
    {
        var file = Path.Join(Path.GetDirectoryName(vault.Folder), "upload");
        await using (var made = File.Create(file))
        {
            made.SetLength(Size * Mebibyte);
        }

        using var command = Child.Command(vault, Memory, "request", "openai/key", "PUT", $"{vault.Streams.Origin}/upload", "--data-file", file);
        Assert.Equal($"{Size * Mebibyte} {Size * Mebibyte} Bearer [REDACTED]", await command.LineAsync());
        await command.EndAsync();
    }

    [Fact]
    public async Task A_response_that_ends_early_is_a_failure_and_leaves_no_file()
    {
        var words = vault.Streams.Words = Channel.CreateUnbounded<string>();
        var file = Path.Join(Path.GetDirectoryName(vault.Folder), "response");
        using var command = Child.Command(vault, Memory, "request", "openai/key", $"{vault.Streams.Origin}/events", "-o", file);
        words.Writer.TryWrite("{}");
        while (Directory.GetFiles(Path.GetDirectoryName(file)!, "response*").All(part => new FileInfo(part).Length == 0))
        {
            await Task.Delay(10);
        }

        words.Writer.Complete(new IOException("broken off"));
        Assert.Contains("the response ended early", await command.EndAsync(exitCode: 1), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(file)!, "response*"));
    }

    [Fact]
    public async Task A_document_has_a_largest_size()
    {
        using var command = Child.Command(vault, Memory, "request", "openai/key", $"{vault.Streams.Origin}/download/17", "--json");
        Assert.Contains("RESPONSE_TOO_LARGE", await command.EndAsync(exitCode: 1), StringComparison.Ordinal);
    }
}
