using System.IO.Pipelines;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Sanctum.Client;
using Sanctum.Testing;

namespace Sanctum.Mcp.Tests;

/// <summary>A real vault behind a real daemon, an agent of it served over two pipes, and a host of the protocol's own library at their other ends.</summary>
internal sealed class ServedVault : IAsyncDisposable
{
    public const string Secret = "sk-CANARY-9fQ2x7Lm4Tz8";

    private readonly Pipe _toServer = new();
    private readonly Pipe _toHost = new();
    private readonly SanctumClient _client;
    private readonly Task _serving;
    private McpClient? _host;

    private ServedVault(TestVault vault, VaultServerOptions options)
    {
        Vault = vault;
        _client = vault.CreateClient();
        _serving = ServeAsync(options);
    }

    public TestVault Vault { get; }

    /// <summary>What the server reads, for tests that write lines themselves.</summary>
    public Stream Input => _toServer.Writer.AsStream(leaveOpen: true);

    /// <summary>What it writes.</summary>
    public StreamReader Lines => field ??= new StreamReader(_toHost.Reader.AsStream(leaveOpen: true));

    /// <summary>The host, which has shaken hands.</summary>
    public McpClient Host => _host ?? throw new InvalidOperationException("no host was connected");

    /// <summary>Whether the server has come to its end.</summary>
    public Task Ended => _serving;

    public static async Task<ServedVault> StartAsync(TestVaultOptions? vault = null, VaultServerOptions? options = null) =>
        new(await TestVault.StartAsync(vault), options ?? new VaultServerOptions());

    public static async Task<ServedVault> ConnectAsync(TestVaultOptions? vault = null, VaultServerOptions? options = null, string? revision = null, McpClientOptions? host = null)
    {
        var served = await StartAsync(vault, options);
        served._host = await McpClient.CreateAsync(
            new StreamClientTransport(served._toServer.Writer.AsStream(), served._toHost.Reader.AsStream()), host ?? new McpClientOptions { ProtocolVersion = revision });
        return served;
    }

    /// <summary>Calls a tool.</summary>
    public ValueTask<CallToolResult> CallAsync(string tool, params (string Name, object? Value)[] arguments) =>
        Host.CallToolAsync(tool, arguments.ToDictionary(argument => argument.Name, argument => argument.Value));

    /// <summary>What a call that fails says.</summary>
    public async Task<string> FailAsync(string tool, params (string Name, object? Value)[] arguments)
    {
        var result = await CallAsync(tool, arguments);
        Assert.True(result.IsError);
        Assert.Null(result.StructuredContent);
        return TextOf(result);
    }

    public static string TextOf(CallToolResult result) => Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;

    public async Task WriteAsync(string line)
    {
        await Input.WriteAsync(System.Text.Encoding.UTF8.GetBytes(line + "\n"));
        await Input.FlushAsync();
    }

    private async Task ServeAsync(VaultServerOptions options)
    {
        await VaultServer.RunAsync(_client, options, _toServer.Reader.AsStream(), _toHost.Writer.AsStream(leaveOpen: true));
        await _toHost.Writer.CompleteAsync();
    }

    /// <summary>Closes the host's side.</summary>
    public ValueTask HangUpAsync() => _toServer.Writer.CompleteAsync();

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        await _toServer.Writer.CompleteAsync();
        await _serving.WaitAsync(TimeSpan.FromMinutes(1));
        await _client.DisposeAsync();
        await Vault.DisposeAsync();
    }
}
