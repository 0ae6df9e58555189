package main

import (
	"context"
	"fmt"
	"net/http"
)

// quitClient goes where it is sent and nowhere else: through no proxy, and after no redirect.
var quitClient = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// quit POSTs to a URL of the driver's own Pod, and errs unless it was answered with a success.
func quit(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := quitClient.Do(request)
	if err != nil {
		return err
	}
	_ = response.Body.Close() // nothing of it was read
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s was answered with %s", url, response.Status)
	}
	return nil
}
