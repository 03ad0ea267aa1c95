#:sdk Microsoft.NET.Sdk.Web

// samples/Sanctum.Sample.Web without a vault: what that adds to a program's size and start is measured against this.
var builder = WebApplication.CreateBuilder(args);
builder.Services.AddHttpClient("openai", http => http.BaseAddress = new Uri(builder.Configuration["Service"]!));
builder.Services.AddHealthChecks();

var app = builder.Build();
app.MapHealthChecks("/health");
app.MapGet("/models", (IHttpClientFactory factory) => factory.CreateClient("openai").GetStringAsync("v1/models"));
app.MapGet("/database", (IConfiguration configuration) => configuration.GetConnectionString("Main")!.Split(';')[0]);
app.Run();
