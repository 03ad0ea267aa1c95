using System.Diagnostics;
using System.Globalization;

namespace Sanctum.Cli.Tests.Runs;

/// <summary>More programs that people have, as they are, under <c>sanctum run</c>.</summary>
public sealed class ProgramTests(RunVault vault) : IClassFixture<RunVault>
{
    private const string Everywhere = "export NO_PROXY= no_proxy=; ";
    private const string Upload = "/ok/upload";

    [Fact]
    public async Task Npm_sends_the_token_that_it_does_not_see()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/npm"), "there is no npm here");
        vault.Folder.Write(".npmrc", $"//{new Uri(vault.Origin).Authority}/ok/:_authToken=${{OPENAI_API_KEY}}\nupdate-notifier=false\n");
        var result = await vault.RunAsync(Everywhere + $"cd $HOME && npm ping --registry {vault.Origin}/ok/");
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        RequireSecretSent("/ok/-/ping");
        Assert.DoesNotContain(RunVault.Secret, result.Output + result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curl_signs_for_aws_with_a_placeholder_and_the_vault_signs_anew()
    {
        await vault.Folder.DoAsync(
            $"store aws/key --header-type aws_sigv4:eu-central-1/sqs --allow-origin {vault.Origin} --request-path /ok/aws/*", "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        await vault.Folder.DoAsync("policy add aws --principal agent:bot --resources aws/* --actions use,list");
        var result = await vault.RunAsync(
            Everywhere + $"curl -sS --aws-sigv4 aws:amz:us-east-1:sqs --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\" --data Action=ListQueues {vault.Origin}/ok/aws/queues",
            ["--env", "AWS_ACCESS_KEY_ID=aws/key"]);
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        var sent = Assert.Single(vault.Service.Requests, it => it.Target == "/ok/aws/queues");
        Assert.StartsWith(
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/", Assert.Single(sent.Headers, it => it.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase)).Value, StringComparison.Ordinal);
        Assert.Equal("Action=ListQueues", System.Text.Encoding.UTF8.GetString(sent.Body));
    }

    [Fact]
    public async Task Pythons_requests_streams_a_response()
    {
        var python = await PythonAsync();
        Assert.SkipUnless(python is not null, "there is no Python with requests here");
        var result = await vault.RunAsync(Everywhere + $$"""
            {{python}} -c 'import os, requests
            with requests.get("{{vault.Origin}}/echo/headers?requests", headers={"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}, stream=True) as r:
                print(r.status_code, b"".join(r.iter_content(7)).decode())'
            """);
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.Contains("Bearer [REDACTED]", result.Output, StringComparison.Ordinal);
        RequireSecretSent("/echo/headers?requests");
    }

    [Fact]
    public async Task Curl_waits_to_be_told_to_go_on_and_a_large_upload_takes_no_memory_of_the_daemon()
    {
        const long mebibyte = 1024;
        var daemon = (await vault.Folder.JsonAsync("daemon status")).GetProperty("daemon").GetProperty("process_id").GetInt32();
        var file = Path.Join(vault.Folder.Home, "upload");
        await using (var large = File.Create(file))
        {
            large.SetLength(100 * 1024 * 1024);
        }

        Assert.Equal("200", (await UploadAsync("/bin/bash")).Output);
        await File.WriteAllTextAsync($"/proc/{daemon}/clear_refs", "5"); // The most that it has had is what it has.
        var before = Memory(daemon, "VmRSS:");
        var sent = await UploadAsync(file);
        Assert.Equal("200", sent.Output);
        Assert.Contains("< HTTP/1.1 100 Continue", sent.Errors, StringComparison.Ordinal);
        Assert.InRange(Memory(daemon, "VmHWM:") - before, 0, 48 * mebibyte);
        Assert.Equal(100 * 1024 * 1024, RequireSecretSent(Upload).Body.Length);

        Task<CliResult> UploadAsync(string path) => vault.RunAsync(
            Everywhere + $"curl -sSv --http1.1 -o /dev/null -w '%{{http_code}}' -H 'Expect: 100-continue' -H \"Authorization: Bearer $OPENAI_API_KEY\" -T {path} {vault.Origin}{Upload}");
    }

    // The one that the tests' user has.
    private static async Task<string?> PythonAsync()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("python3", ["-c", "import requests, sys; print(sys.executable)"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var path = (await process.StandardOutput.ReadToEndAsync()).Trim();
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? path : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // There is no Python at all.
        }
    }

    private Sanctum.Upstream.ReceivedRequest RequireSecretSent(string target)
    {
        var sent = vault.Service.Requests.Last(request => request.Target.StartsWith(target, StringComparison.Ordinal));
        Assert.Equal($"Bearer {RunVault.Secret}", sent["Authorization"]);
        return sent;
    }

    // proc_pid_status(5), in KiB.
    private static long Memory(int process, string name) => long.Parse(
        File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
}
