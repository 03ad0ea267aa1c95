using System.Diagnostics;

namespace Sanctum.Sdk.Tests;

/// <summary>A folder with the Model Context Protocol's own packages from npm, unmodified: its reference client, and the server that shows everything there is.</summary>
public class NpmFolder : IAsyncLifetime
{
    private static readonly string[] ClientAndServers = ["@modelcontextprotocol/sdk@1.32.2", "@modelcontextprotocol/server-everything@2026.8.31", "@modelcontextprotocol/server-filesystem@2026.8.31", "@modelcontextprotocol/server-github@2025.4.8"];

    private readonly string[] _packages;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sanctum-npm-");
    private string? _missing;

    public NpmFolder() : this(ClientAndServers)
    {
    }

    protected NpmFolder(string[] packages) => _packages = packages;

    /// <summary>The server's program.</summary>
    public string Everything => ProgramOf("server-everything");

    /// <summary>The program of the server that reads and writes files.</summary>
    public string Files => ProgramOf("server-filesystem");

    /// <summary>The program of GitHub's server. Where it finds GitHub can't be set: it is <c>https://api.github.com</c>.</summary>
    public string GitHub => ProgramOf("server-github");

    /// <summary>A folder with a note, for that server.</summary>
    public string Folder => Path.Join(_folder.FullName, "notes");

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(Folder);
        await File.WriteAllTextAsync(Path.Join(Folder, "note.txt"), "a note");
        if (!File.Exists("/usr/bin/npm"))
        {
            _missing = "there is no npm here";
            return;
        }

        using var npm = Process.Start(new ProcessStartInfo("/usr/bin/npm", ["install", "--no-fund", "--no-audit", "--ignore-scripts", "--loglevel=error", .. _packages])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var said = await Task.WhenAll(npm.StandardOutput.ReadToEndAsync(), npm.StandardError.ReadToEndAsync()).WaitAsync(TimeSpan.FromMinutes(5));
        await npm.WaitForExitAsync();
        _missing = npm.ExitCode == 0 ? null : $"npm could not install the packages: {said[1]}";
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    protected string ProgramOf(string package) => Path.Join(_folder.FullName, "node_modules/@modelcontextprotocol", package, "dist/index.js");

    /// <summary>Runs a script with these packages; a test without them is skipped.</summary>
    /// <param name="script">An ES module. It has <c>connect(command, args)</c>, which gives a client that has shaken hands.</param>
    /// <param name="arguments">What it finds in <c>args</c>.</param>
    internal Child Run(string script, params string[] arguments)
    {
        Assert.SkipWhen(_missing is not null, _missing ?? "");
        var file = Path.Join(_folder.FullName, $"{Guid.NewGuid():N}.mjs");
        File.WriteAllText(file, $$"""
            import { Client } from '@modelcontextprotocol/sdk/client/index.js';
            import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
            const args = process.argv.slice(2);
            async function connect(command, args) {
              const client = new Client({ name: 'reference', version: '1' });
              await client.connect(new StdioClientTransport({ command, args, env: process.env }));
              return client;
            }
            {{script}}
            """);
        return Child.Start("/usr/bin/node", [file, .. arguments]);
    }
}
